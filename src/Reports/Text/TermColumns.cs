using Orchestrator.Contracts.Api;

namespace Orchestrator.Reports.Text;

/// <summary>The columns of term importance, for the terminal and for the report: what paths through so many heads bring.</summary>
public static class TermColumns
{
    private const int MostOrders = 6;

    private static readonly string[] Names = ["direct\npath", "+ single\nheads", "+ pairs\nof heads"];

    /// <summary>What the table says.</summary>
    public const string Meaning = "Held-out loss (nats) with all paths through at most so many heads, attention patterns frozen;\n"
        + "and the share of the whole loss reduction that these paths add.";

    /// <summary>One column per axis of the grid, the uniform loss, one per order; none if terms were not measured.</summary>
    public static IReadOnlyList<ResultColumn> For(SweepResult result)
    {
        var orders = result.Groups.Max(group => group.Terms()?.LossByOrder.Count) ?? 0;
        return orders == 0 ? [] :
        [
            .. ResultColumns.Axes(result),
            new("even\nguess", group => Format.Score(group.Terms()?.UniformLoss.Mean)),
            .. Enumerable.Range(0, Math.Min(orders, MostOrders)).Select(order => new ResultColumn(
                order < Names.Length ? Names[order] : $"+ paths\nof {order}", group => Cell(group, order))),
        ];
    }

    private static string Cell(SweepGroup group, int order) => group.Terms() is { } terms && order < terms.LossByOrder.Count
        ? $"{terms.LossByOrder[order].Cell(group.Completed)}\n{Format.Percents([.. terms.ShareOfReductionByOrder.Select(share => share.Mean)])[order]}"
        : Format.Nothing;
}
