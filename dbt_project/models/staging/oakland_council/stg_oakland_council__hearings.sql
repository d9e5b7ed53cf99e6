{{ legistar_hearings('oakland_council') }}
