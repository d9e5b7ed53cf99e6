{{ union_published('cops_awards', {
    'jurisdiction': 'varchar',
    'award_id': 'varchar',
    'recipient_name': 'varchar',
    'recipient_state': 'varchar',
    'recipient_city': 'varchar',
    'program_local': 'varchar',
    'assistance_listing': 'varchar',
    'obligated_usd': 'decimal(18, 2)',
    'outlayed_usd': 'decimal(18, 2)',
    'start_date': 'date',
    'end_date': 'date',
    'source_table': 'varchar',
}) }}
