{{ legistar_roll_calls('seattle_council') }}
