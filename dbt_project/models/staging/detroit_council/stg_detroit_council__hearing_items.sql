{{ legistar_hearing_items('detroit_council') }}
