using System.Collections.Concurrent;
using Orchestrator.Contracts.Runs;

namespace Orchestrator.Contracts.Metrics;

/// <summary>A rectangular part of a metric vector: <paramref name="Rows"/> × <paramref name="Columns"/>, row-major from <paramref name="Offset"/>.</summary>
public sealed record MetricSection(string Name, int Offset, int Rows, IReadOnlyList<string> Columns)
{
    /// <summary>Number of floats.</summary>
    public int Length => Rows * Columns.Count;

    /// <summary>Which of the columns it is; -1 for one that is not there.</summary>
    public int Place(string column)
    {
        for (var c = 0; c < Columns.Count; c++)
        {
            if (Columns[c] == column)
            {
                return c;
            }
        }
        return -1;
    }

    /// <summary>Position in the vector of one column of one row, by the column's place.</summary>
    public int At(int row, int place) => Offset + row * Columns.Count + place;

    /// <summary>Position in the vector of one column of one row. Throws <see cref="ArgumentException"/> for a column that is not there.</summary>
    public int At(int row, string column) => Place(column) is >= 0 and var place
        ? At(row, place)
        : throw new ArgumentException($"section '{Name}' has no column '{column}'", nameof(column));
}

/// <summary>
/// Describes the packed float32 vector that holds all metrics of one snapshot. It is a function of the metric version, the
/// model's shape and the measures asked for, so that worker and control plane agree without shipping it. Undefined values are NaN.
/// </summary>
/// <remarks>
/// Rows of <c>heads</c> are layer-major (l * H + h). Rows of <c>pairs</c> run over (earlier head, later head) in different
/// layers, earlier-major: see <see cref="Pairs"/>. Rows of <c>terms</c> are path orders 0..L. <c>index_losses</c> has one row
/// per predicted position: row i is the mean loss of the token at context index i + 1. <c>superposition</c> has one row per matrix
/// whose columns are taken as features (a toy's W; a transformer's W_E by token and W_U by token), <c>features</c> one per feature
/// of a toy's W, <c>token_losses</c> one per held-out sequence. A kind without attention has none of the sections of heads.
/// </remarks>
public sealed class MetricLayout
{
    /// <summary>Held-out sequences of which <see cref="Measure.TokenLosses"/> takes one token each.</summary>
    public const int TokenLossExamples = 512;

    private const int MostKnown = 10_000;

    private static readonly ConcurrentDictionary<(Architecture Model, ulong Measures), MetricLayout> Known = new();

    private MetricLayout(int layers, int heads, IReadOnlyList<MetricSection> sections)
    {
        Layers = layers;
        Heads = heads;
        Sections = sections;
        Length = sections.Count == 0 ? 0 : sections[^1].Offset + sections[^1].Length;
    }

    /// <summary>Layers L of the model; 0 for a kind without attention.</summary>
    public int Layers { get; }
    /// <summary>Heads per layer H of the model; 0 for a kind without attention.</summary>
    public int Heads { get; }
    /// <summary>The parts in order of their offsets. Which ones exist depends on the measures asked for.</summary>
    public IReadOnlyList<MetricSection> Sections { get; }
    /// <summary>Number of floats in the whole vector.</summary>
    public int Length { get; }

    /// <summary>The section with that name, or null if the measures do not include it.</summary>
    public MetricSection? Find(string section)
    {
        for (var i = 0; i < Sections.Count; i++) // asked a million times for one answer
        {
            if (Sections[i].Name == section)
            {
                return Sections[i];
            }
        }
        return null;
    }

    /// <summary>The layout of a model's vector for the measures asked for, in the current metric version: one for all vectors of one shape.</summary>
    public static MetricLayout For(Architecture model, IReadOnlyCollection<Measure> measures)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(measures);
        if (Known.Count >= MostKnown)
        {
            Known.Clear();
        }
        return Known.GetOrAdd((model, measures.Aggregate(0UL, (all, measure) => all | 1UL << (int)measure)), _ => Make(model, measures));
    }

    private static MetricLayout Make(Architecture model, IReadOnlyCollection<Measure> measures)
    {
        var sections = new List<MetricSection>();
        foreach (var (name, rows) in Shape(model))
        {
            var columns = MetricTable.Columns(name, measures);
            if (columns.Count > 0 || name == "heads") // there are heads even if nothing is asked of them
            {
                sections.Add(new MetricSection(name, sections.Count == 0 ? 0 : sections[^1].Offset + sections[^1].Length, rows, columns));
            }
        }
        return model is ModelConfiguration transformer ? new(transformer.Layers, transformer.Heads, sections) : new(0, 0, sections);
    }

    /// <summary>The sections that a kind of model can have, in the order of the vector, each with its rows.</summary>
    private static (string Section, int Rows)[] Shape(Architecture model) => model switch
    {
        ModelConfiguration m =>
        [
            ("run", 1), ("heads", m.HeadCount), ("pairs", Pairs(m.Layers, m.Heads).Count()), ("terms", m.Layers + 1), ("layer_terms", m.Layers),
            ("index_losses", m.NCtx - 1), ("superposition", 2), ("token_losses", TokenLossExamples),
        ],
        ReluToy toy => [("run", 1), ("superposition", 1), ("features", toy.Features)],
        _ => throw new ArgumentException($"no layout is known for models of kind {model.GetType().Name}", nameof(model)),
    };

    /// <summary>Every (earlier, later) pair of heads in different layers, as flat head numbers l * H + h, in the order of the <c>pairs</c> rows.</summary>
    public static IEnumerable<(int From, int To)> Pairs(int layers, int heads)
    {
        for (var from = 0; from < layers * heads; from++)
        {
            for (var to = (from / heads + 1) * heads; to < layers * heads; to++)
            {
                yield return (from, to);
            }
        }
    }
}
