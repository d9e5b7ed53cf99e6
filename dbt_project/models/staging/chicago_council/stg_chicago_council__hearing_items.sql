{{ legistar_hearing_items('chicago_council') }}
