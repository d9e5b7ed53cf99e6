{{ legistar_roll_calls('boston_council') }}
