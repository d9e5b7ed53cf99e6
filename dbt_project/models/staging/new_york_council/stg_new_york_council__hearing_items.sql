{{ legistar_hearing_items('new_york_council') }}
