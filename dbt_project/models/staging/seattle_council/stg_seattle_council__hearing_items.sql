{{ legistar_hearing_items('seattle_council') }}
