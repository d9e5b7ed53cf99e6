{{ union_published('cops_transactions', {
    'jurisdiction': 'varchar',
    'action_id': 'varchar',
    'award_id': 'varchar',
    'action_kind_local': 'varchar',
    'action_usd': 'decimal(18, 2)',
    'action_date': 'date',
    'source_table': 'varchar',
}) }}
