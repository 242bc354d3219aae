alter table runs add column finals text;
update runs set finals = json_build_object(
    'metrics', json_strip_nulls(json_build_object(
        'final_loss', final_loss,
        'icl_score', icl_score,
        'prefix_matching_max', prefix_matching_max,
        'k_composition_excess_max', k_excess_max,
        'q_composition_excess_max', q_excess_max,
        'v_composition_excess_max', v_excess_max,
        'features_represented', features_represented,
        'dimensions_per_feature', dimensions_per_feature,
        'mean_dimensionality', mean_dimensionality)),
    'induction_heads', induction_heads, 'transition_after', transition_after, 'transition_step', transition_step, 'transition_by', transition_by, 'icl_transition_step', icl_transition_step,
    'terms', terms::json)::text where has_finals = 1;
alter table runs
    drop column has_finals,
    drop column final_loss,
    drop column icl_score,
    drop column prefix_matching_max,
    drop column k_excess_max,
    drop column q_excess_max,
    drop column v_excess_max,
    drop column features_represented,
    drop column dimensions_per_feature,
    drop column mean_dimensionality,
    drop column induction_heads,
    drop column transition_after,
    drop column transition_step,
    drop column transition_by,
    drop column icl_transition_step,
    drop column terms,
    drop column has_superposition;
