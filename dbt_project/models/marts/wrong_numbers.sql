-- Each number that misleads, beside the one to use for the same records.
with

naive as (

    select *
    from {{ ref('int_measures__judged') }}
    where is_naive and value is not null

),

right_ones as (

    select *
    from {{ ref('int_measures__judged') }}
    where not is_naive

)

select
    naive.jurisdiction,
    naive.metric as naive_metric,
    naive.period_kind,
    naive.period,
    naive.dimension,
    naive.dimension_value,
    naive.unit as naive_unit,
    naive.value as naive_value,
    naive.numerator as naive_numerator,
    naive.denominator as naive_denominator,
    naive.counterpart as metric,
    right_ones.unit as right_unit,
    right_ones.value as right_value,
    right_ones.numerator as right_numerator,
    right_ones.denominator as right_denominator,
    right_ones.lower as right_lower,
    right_ones.upper as right_upper,
    case
        when right_ones.unit = naive.unit then round(naive.value - right_ones.value, 10)
    end as difference,
    metrics.caveat as why,
    case
        when right_ones.metric is null
            then 'The right number is not made for this period or part.'
        else right_ones.note
    end as right_note
from naive
inner join {{ source('pipeline', 'metrics') }} as metrics on naive.metric = metrics.metric
left join right_ones
    on
        naive.counterpart = right_ones.metric
        and naive.jurisdiction = right_ones.jurisdiction
        and naive.period_kind = right_ones.period_kind
        and naive.period = right_ones.period
        and naive.dimension = right_ones.dimension
        and naive.dimension_value = right_ones.dimension_value
