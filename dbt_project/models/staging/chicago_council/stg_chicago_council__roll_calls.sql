{{ legistar_roll_calls('chicago_council') }}
