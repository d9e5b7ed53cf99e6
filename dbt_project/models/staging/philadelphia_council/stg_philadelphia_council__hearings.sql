{{ legistar_hearings('philadelphia_council') }}
