using System.Globalization;
using Orchestrator.Contracts.Api;
using Orchestrator.Contracts.Metrics;
using Orchestrator.Contracts.Tables;

namespace Orchestrator.Reports.Text;

/// <summary>What a sweep's numbers say, as sentences that name n and interval, each with its query.</summary>
public static class Sentences
{
    private const int MostGroups = 4;
    private const int MostComparisons = 3;

    /// <summary>The sentences that these findings support, most important first.</summary>
    public static IReadOnlyList<Finding> Of(SweepFindings findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        var sweep = findings.Result.Sweep;
        var names = new AxisNames(findings.Groups.Select(group => group.By));
        var columns = string.Concat(names.Axes.Select(axis => axis.Replace('.', '_') + ", "));
        var where = $"sweep = '{sweep.Id}'";
        var toys = ResultColumns.IsOfToys(findings.Result);
        var said = new List<Finding>();
        var answered = findings.Result.Groups.Where(group => group.InductionShare().N > 0).ToList();
        if (answered.Count > 0)
        {
            said.Add(new Finding(
                answered.Count <= MostGroups ? string.Join(" ", answered.Select(group => Formed(group, names))) : Formed(answered, names),
                $"select {columns}count(induction_heads) as seeds, avg((induction_heads > 0)::int) as share, {ResultQuestions.TransitionMedian} as step from runs where {where} and state = 'completed' group by all order by all"));
        }
        else if (findings.Result.Groups.Any(group => group.Mean(MetricTable.FinalLoss).N > 0))
        {
            said.Add(new Finding(
                string.Join(" ", findings.Result.Groups.Take(MostGroups).Select(group => $"{Capital(names.Point(group.By))}: final loss {Loss(group.Mean(MetricTable.FinalLoss), toys)} over {group.Completed} of {group.Runs} runs.")),
                $"select {columns}count(*) as seeds, {(toys ? "1000 * " : "")}avg(final_loss) as {(toys ? "loss_thousandths" : "loss")} from runs where {where} and state = 'completed' group by all order by all"));
        }
        var circuits = findings.Groups.Select(group => group.Circuits).OfType<CircuitFindings>().ToList();
        if (circuits.Sum(circuit => circuit.Runs) is > 0 and var formed)
        {
            var agree = circuits.Sum(circuit => (int)Math.Round((circuit.PreviousIsStrongestK.Value ?? 0) * circuit.PreviousIsStrongestK.N));
            var known = circuits.Sum(circuit => circuit.PreviousIsStrongestK.N);
            if (known > 0)
            {
                said.Add(new Finding(
                    $"In {agree} of {known} runs with an induction head, the strongest previous-token head before it is also its strongest K-composition writer"
                        + (circuits is [{ KZ.Mean: not null } only] ? $"; the K-composition of the pair is {Mean(only.KZ, 1)} standard deviations above random weights." : "."),
                    $"select sum(previous_is_strongest_k::int) as agree, count(previous_is_strongest_k) as runs, avg(k_z) as k_z from circuits join runs using (sweep, run) where {where} and step = last_step and is_induction"));
            }
            said.Add(new Finding(
                $"Of {formed} runs with an induction head, the previous-token head formed first in {circuits.Sum(c => c.PreviousFirst)}, both between the same two snapshots in {circuits.Sum(c => c.Together)}, the induction head first in {circuits.Sum(c => c.InductionFirst)}.",
                $"select formed_first, count(*) as runs from circuits join runs using (sweep, run) where {where} and step = last_step and is_induction group by all order by all"));
        }
        foreach (var comparison in findings.Comparisons.Where(c => c.AdjustedP < 0.05 && c.Difference is { N: >= GroupComparison.FewestPairs }).OrderByDescending(c => Math.Abs(c.Difference!.Mean!.Value)).DistinctBy(c => c.Metric).Take(MostComparisons))
        {
            var (first, second) = (findings.Groups[comparison.First].By, findings.Groups[comparison.Second].By);
            var metric = MetricTable.Find(MetricTable.Results, comparison.Metric)!;
            var value = comparison.Difference!;
            var change = toys && metric.Name == MetricTable.FinalLoss ? Loss(value, toys) : $"{Mean(value, 3)}{(metric.Unit.Length > 0 ? " " + metric.Unit : "")}";
            said.Add(new Finding(
                $"{Capital(metric.Label)} changes by {change} from {names.Point(first)} to {names.Point(second)}, paired over {value.N} seeds ({P(comparison.AdjustedP!.Value)} after adjustment for {Format.Several(findings.Comparisons.Count(c => c.P is not null), "comparison")}).",
                Paired(comparison, findings, toys && metric.Name == MetricTable.FinalLoss)));
        }
        if (findings.Conditions.RunsRead is var read && read < sweep.Runs.Total)
        {
            said.Add(new Finding(
                $"Curves, circuits, roles and comparisons are those of the first {read} of {sweep.Runs.Total} runs, {read / findings.Groups.Count} seeds of each group; the table of groups has all.",
                $"select count(*) as runs from runs where {where}"));
        }
        if (sweep.Runs.Failed > 0 || findings.Result.Groups.Any(group => group.Excluded > 0))
        {
            said.Add(new Finding(
                $"{sweep.Runs.Failed} of {sweep.Runs.Total} runs failed, and of {findings.Result.Groups.Sum(group => group.Excluded)} completed ones at least one metric is undefined.",
                $"select state, reason, count(*) as runs from runs where {where} group by all order by runs desc"));
        }
        return said;
    }

    // The runs of a group are those of its number modulo the number of groups.
    private static string Paired(GroupComparison comparison, SweepFindings findings, bool thousandths)
    {
        var (metric, groups, read) = (comparison.Metric, findings.Groups.Count, findings.Conditions.RunsRead);
        var some = read < findings.Result.Sweep.Runs.Total ? $" and a.run_index < {read} and b.run_index < {read}" : "";
        return $"select {(thousandths ? "1000 * " : "")}avg(b.{metric} - a.{metric}) as difference, count(b.{metric} - a.{metric}) as seeds from runs a join runs b using (sweep, seed) where sweep = '{findings.Result.Sweep.Id}'"
            + $" and a.run_index % {groups} = {comparison.First} and b.run_index % {groups} = {comparison.Second} and a.state = 'completed' and b.state = 'completed'{some}";
    }

    private static string Formed(SweepGroup group, AxisNames names)
    {
        var (share, step) = (group.InductionShare(), group.TransitionStep());
        var hits = (int)Math.Round(share.Value!.Value * share.N);
        var text = $"{(group.By.Count == 0 ? "" : $"With {names.Point(group.By)}, ")}{hits} of {share.N} seeds grew an induction head ({Range(share)})";
        return text + (step.Median is { } median
            ? $"; prefix matching crosses the threshold at a median step of {Format.Whole(median)}{(step is { Low: { } low, High: { } high } ? $" ({Format.Whole(low)}–{Format.Whole(high)})" : "")}."
            : ".");
    }

    private static string Formed(List<SweepGroup> groups, AxisNames names)
    {
        var (all, none) = (groups.Count(group => group.InductionShare().Value == 1), groups.Count(group => group.InductionShare().Value == 0));
        var most = groups.OrderByDescending(group => group.InductionShare().Low).ThenBy(group => group.TransitionStep().Median ?? double.PositiveInfinity).First();
        if (none == groups.Count)
        {
            return $"In none of {groups.Count} groups did a seed grow an induction head.";
        }
        return $"Of {groups.Count} groups, every seed grew an induction head in {all}, some did in {groups.Count - all - none}, none in {none}."
            + (all + none == groups.Count && all == 0 ? "" : $" Most surely: {Formed(most, names)}");
    }

    private static string Range(ShareEstimate share) => $"95% interval {Format.Whole(100 * share.Low)}–{Format.Percent(share.High)}";

    private static string Loss(MeanEstimate estimate, bool toys) => toys ? $"{Mean(ResultColumns.Thousandfold(estimate), 3)} {ResultColumns.ToyUnit}" : $"{Mean(estimate, 4)} nats";

    private static string Mean(MeanEstimate estimate, int digits)
    {
        var (half, decimals) = estimate.Digits(digits);
        var mean = Number(estimate.Mean, decimals);
        return estimate is { Low: { } low, High: { } high } ? estimate.IsSymmetric() ? $"{mean} ± {half}" : $"{mean} [{Number(low, decimals)}, {Number(high, decimals)}]" : mean;
    }

    private static string Number(double? value, int digits) => value is { } number ? number.ToString("F" + digits, CultureInfo.InvariantCulture).Replace('-', '−') : Format.Nothing;

    private static string P(double p) => p < 0.001 ? "p < 0.001" : $"p = {p.ToString("G2", CultureInfo.InvariantCulture)}";

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
