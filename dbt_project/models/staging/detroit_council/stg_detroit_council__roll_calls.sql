{{ legistar_roll_calls('detroit_council') }}
