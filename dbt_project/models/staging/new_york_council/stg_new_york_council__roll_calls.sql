{{ legistar_roll_calls('new_york_council') }}
