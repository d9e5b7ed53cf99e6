{{ legistar_hearing_items('oakland_council') }}
