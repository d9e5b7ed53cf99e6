{{ union_published('cops_positions', {
    'jurisdiction': 'varchar',
    'award_id': 'varchar',
    'officers_funded_count': 'integer',
    'officers_hired_count': 'integer',
    'officers_retained_count': 'integer',
    'match_required_usd': 'decimal(18, 2)',
    'match_waived_usd': 'decimal(18, 2)',
    'reported_date': 'date',
    'source_table': 'varchar',
}) }}
