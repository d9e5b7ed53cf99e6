{{ legistar_hearing_items('philadelphia_council') }}
