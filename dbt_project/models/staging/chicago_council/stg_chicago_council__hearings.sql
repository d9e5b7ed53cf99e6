{{ legistar_hearings('chicago_council') }}
