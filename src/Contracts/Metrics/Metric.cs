namespace Orchestrator.Contracts.Metrics;

/// <summary>One number that is measured or summarized, and all that is said of it anywhere.</summary>
/// <param name="Name">Its column, in every table and document.</param>
/// <param name="Unit">nats, logits, steps, …; empty for a pure number.</param>
/// <param name="Range">The values that it can have.</param>
/// <param name="Meaning">What it says, on half a line, for people.</param>
/// <param name="Definition">How it is computed, in the notation of <c>docs/metrics.md</c>.</param>
/// <param name="Undefined">When it is null (NaN in a packed vector, never 0); empty if it always has a value.</param>
public sealed record Metric(string Name, string Unit, MetricRange Range, string Meaning, string Definition, string Undefined = "")
{
    /// <summary>The part of the vector that it is a column of, or <see cref="MetricTable.Results"/>.</summary>
    public string Section { get; init; } = "";
    /// <summary>The measure that it comes with; null if it is always measured.</summary>
    public Measure? Measure { get; init; }
    /// <summary>Where a result is read from a run's last vector; null if it takes more than one value of one snapshot.</summary>
    public MetricSource? Source { get; init; }
    /// <summary>
    /// Whether it is a mean over the sequences (or samples) of an evaluation set: then its standard error from their choice stands in a
    /// column of its own, <see cref="ErrorOf"/>, in the same unit.
    /// </summary>
    public bool Sampled { get; init; }
    /// <summary>Whether it names something, as the number of a head does: it is no quantity, so that it has neither a mean nor a rank.</summary>
    public bool IsName { get; init; }
    /// <summary>What chance is in the null of a result that is a largest score (<see cref="Api.LargestNull"/>); empty for any other.</summary>
    public string Null { get; init; } = "";
    /// <summary>Over its column in tables for people, in one line or several; null if only machines are shown it.</summary>
    public string? Heading { get; init; }

    /// <summary>The column that holds the standard error of a sampled metric, with sequences as units (math.md 8.3); NaN with fewer than two.</summary>
    public static string ErrorOf(string column) => $"{column}_error";

    /// <summary>What that column means.</summary>
    public string ErrorMeaning => $"standard error of {Name} from the choice of sequences";

    /// <summary>Its name for people: the heading on one line, without the unit.</summary>
    public string Label => (Heading ?? Name).Replace('\n', ' ').Split(" (")[0];

    /// <summary>Unit and range for people; empty for a pure number of any size.</summary>
    public string Scale => string.Join(", ", new[] { Unit, Range.ToString() }.Where(part => part.Length > 0));

    /// <summary>Meaning and scale: a line of a legend.</summary>
    public string Legend => Scale.Length == 0 ? Meaning : $"{Meaning} ({Scale})";
}

/// <summary>A column of a vector from which a result is taken: its largest value over heads or pairs, else the value of its first row.</summary>
public sealed record MetricSource(string Section, string Column)
{
    /// <summary>The value in one vector, or null if it is undefined or was not measured.</summary>
    public double? Read(MetricVector vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        return Row(vector) is { } row ? vector.Get(Section, row, Column) : null;
    }

    /// <summary>The standard error of that value from the choice of sequences; null if it has none.</summary>
    public double? ReadError(MetricVector vector)
    {
        ArgumentNullException.ThrowIfNull(vector);
        return Row(vector) is { } row ? vector.Get(Section, row, Metric.ErrorOf(Column)) : null;
    }

    private int? Row(MetricVector vector) => Section is "heads" or "pairs"
        ? Enumerable.Range(0, vector.Layout.Find(Section)?.Rows ?? 0).Where(row => vector.Get(Section, row, Column) is not null).Cast<int?>().MaxBy(row => vector.Get(Section, row!.Value, Column))
        : 0;
}
