{{ legistar_hearings('new_york_council') }}
