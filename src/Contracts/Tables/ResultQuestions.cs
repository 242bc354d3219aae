namespace Orchestrator.Contracts.Tables;

/// <summary>A question that researchers ask, and its SQL.</summary>
/// <param name="Question">In words.</param>
/// <param name="Sql">As <c>query</c> takes it.</param>
public sealed record ResultQuestion(string Question, string Sql);

/// <summary>Ten of them: help shows them, and a test asks each.</summary>
public static class ResultQuestions
{
    /// <summary>
    /// The Kaplan-Meier median of the transition as an aggregate over <c>runs</c>, as the table of groups has it: a crossing is in the middle of the two snapshots around it, and runs that
    /// never crossed come after all that did. Null (infinite) where half of them never did; exact where no run was left before one that crossed, as within a group.
    /// </summary>
    public const string TransitionMedian =
        "quantile_disc(case when transition_censored then 'infinity'::double else (coalesce(transition_after, transition_by) + transition_by) / 2 end, 0.5) filter (where transition_by is not null)";

    /// <summary>From the whole sweep to the single head.</summary>
    public static IReadOnlyList<ResultQuestion> All { get; } =
    [
        new("In what share of seeds do induction heads form?",
            "select model_layers, count(*) as seeds, avg((induction_heads > 0)::int) as share from runs where state = 'completed' group by all order by all"),
        new("When, and how many never?",
            $"select model_layers, {TransitionMedian} as step, count(*) filter (where transition_censored) as never from runs group by all order by all"),
        new("Which roles do heads have at the end, by layer?",
            "select model_layers, layer, role, count(*) as heads from heads join runs using (sweep, run) where step = last_step group by all order by all"),
        new("Is the best previous-token head the one that the induction head reads its keys from?",
            "select sweep_name, count(*) as runs, avg(previous_is_strongest_k::int) as share, avg(k_z) as k_z from circuits join runs using (sweep, run) where step = last_step and is_induction group by all"),
        new("Which of the two forms first?",
            "select sweep_name, formed_first, count(*) as runs from circuits join runs using (sweep, run) where step = last_step and is_induction group by all order by all"),
        new("How do the two scores grow over training?",
            "select model_layers, step, avg(prefix_matching) as induction, avg(circuits.previous_token) as previous_token from circuits join runs using (sweep, run) group by all order by all"),
        new("Is the phase change a change of in-context learning too?",
            "select corr(transition_step, icl_transition_step) as correlation, count(icl_transition_step) as runs from runs where not transition_censored"),
        new("How much does each path order lower the loss?",
            "select model_layers, term_order, avg(marginal) as nats, stddev(marginal) as spread from terms join runs using (sweep, run) where step = last_step group by all order by all"),
        new("Which pairs of heads compose most, above random weights?",
            "select run, from_layer, from_head, to_layer, to_head, k_z from pairs join runs using (sweep, run) where step = last_step order by k_z desc nulls last limit 10"),
        new("How does the loss fall along the context?",
            "select sweep_name, i as context_index, avg(index_losses[i]) as nats from curves join runs using (sweep, run), generate_series(1, len(index_losses)) t(i) where step = last_step group by all order by all"),
    ];
}
