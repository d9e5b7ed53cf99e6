{{ usaspending_awards('us_doj', 'cops_awards_16710', listing='16.710') }}
