{{ legistar_roll_calls('oakland_council') }}
