{{ union_published('roll_calls', {
    'jurisdiction': 'varchar',
    'hearing_item_id': 'varchar',
    'hearing_id': 'varchar',
    'member_key': 'varchar',
    'attendance_local': 'varchar',
    'source_table': 'varchar',
}) }}
