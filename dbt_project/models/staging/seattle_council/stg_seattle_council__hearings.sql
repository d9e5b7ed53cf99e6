{{ legistar_hearings('seattle_council') }}
