alter table runs add column finals text;
update runs set finals = json_object(
    'metrics', json_patch('{}', json_object(
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
    'terms', json(terms)) where has_finals = 1;
alter table runs drop column has_finals;
alter table runs drop column final_loss;
alter table runs drop column icl_score;
alter table runs drop column prefix_matching_max;
alter table runs drop column k_excess_max;
alter table runs drop column q_excess_max;
alter table runs drop column v_excess_max;
alter table runs drop column features_represented;
alter table runs drop column dimensions_per_feature;
alter table runs drop column mean_dimensionality;
alter table runs drop column induction_heads;
alter table runs drop column transition_after;
alter table runs drop column transition_step;
alter table runs drop column transition_by;
alter table runs drop column icl_transition_step;
alter table runs drop column terms;
alter table runs drop column has_superposition;
