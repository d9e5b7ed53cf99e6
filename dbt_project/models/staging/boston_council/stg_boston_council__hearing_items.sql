{{ legistar_hearing_items('boston_council') }}
