{{ legistar_hearings('boston_council') }}
