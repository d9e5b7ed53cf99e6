{{ union_published('allegations', {
    'jurisdiction': 'varchar',
    'complaint_id': 'varchar',
    'allegation_local_id': 'varchar',
    'row_hash': 'varchar',
    'row_ordinal': 'integer',
    'officer_key': 'varchar',
    'category_local': 'varchar',
    'outcome_local': 'varchar',
    'penalty_local': 'varchar',
    'source_table': 'varchar',
}) }}
