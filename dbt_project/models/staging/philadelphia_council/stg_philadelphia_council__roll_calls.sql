{{ legistar_roll_calls('philadelphia_council') }}
