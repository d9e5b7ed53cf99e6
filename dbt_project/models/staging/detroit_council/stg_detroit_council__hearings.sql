{{ legistar_hearings('detroit_council') }}
