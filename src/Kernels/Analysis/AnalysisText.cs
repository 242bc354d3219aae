using System.Globalization;

namespace Orchestrator.Kernels.Analysis;

/// <summary>An analysis as tables for a person, the strongest heads, pairs and paths first.</summary>
public static class AnalysisText
{
    private const int MostRows = 20;
    private const string Shades = " .:-=+*#%@";

    /// <summary>Writes all tables.</summary>
    public static void Write(AnalysisDocument document, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(output);
        foreach (var (name, batch) in document.Batches)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"batch {name}: loss {Cell(batch.Loss)} nats (uniform {Cell(batch.Terms.UniformLoss)}); loss by path order {string.Join(", ", batch.Terms.LossByOrder.Select(Cell))}"));
            Table(output, ["head", "prefix matching", "previous token", "duplicate", "first token", "entropy", "zeroed: loss", "frozen"],
                batch.Heads.OrderByDescending(head => head.PrefixMatching ?? double.NegativeInfinity),
                head => [$"{head.Layer}.{head.Head}", Cell(head.PrefixMatching), Cell(head.PreviousToken), Cell(head.DuplicateToken), Cell(head.BosAttention), Cell(head.Entropy), Cell(head.AblationLoss), Cell(head.AblationLossFrozen)]);
            Table(output, ["path", "correct logit"], batch.Paths.OrderByDescending(path => Math.Abs(path.CorrectLogit ?? 0)),
                path => [path.Path.Count == 0 ? "direct" : string.Join(" > ", path.Path), Cell(path.CorrectLogit)]);
            foreach (var scores in batch.Scores ?? [])
            {
                output.WriteLine($"attention scores of head {scores.Head} by what query and key read, standard deviation over queries and keys");
                Table(output, ["query", "key", "spread"], scores.Components.SelectMany((query, q) => scores.Components.Select((key, k) => (Query: query, Key: key, Spread: scores.Spread[q][k]))).OrderByDescending(term => term.Spread ?? 0),
                    term => [term.Query, term.Key, Cell(term.Spread)]);
            }
        }
        output.WriteLine("heads by OV copying");
        Table(output, ["head", "OV copying", "centred", "z", "QK matching", "copying", "|W_OV|", "|W_QK|"], document.Heads.OrderByDescending(head => head.OvCopying ?? double.NegativeInfinity),
            head => [$"{head.Layer}.{head.Head}", Cell(head.OvCopying), Cell(head.OvCopyingCentered), Cell(head.OvCopyingZ), Cell(head.QkMatching), Cell(head.Copying), Cell(head.OvNorm), Cell(head.QkNorm)]);
        if (document.Pairs.Count > 0)
        {
            output.WriteLine("pairs by K-composition over random");
            Table(output, ["pair", "K", "over random", "z", "Q over random", "V over random", "QK eigen-score", "virtual OV"], document.Pairs.OrderByDescending(pair => pair.KExcess ?? double.NegativeInfinity),
                pair => [$"{pair.From} > {pair.To}", Cell(pair.K), Cell(pair.KExcess), Cell(pair.KZ), Cell(pair.QExcess), Cell(pair.VExcess), Cell(pair.QkEigenScore), Cell(pair.OvEigenScore)]);
        }
        if (document.Trigrams is { } trigrams)
        {
            output.WriteLine("skip-trigrams [source] … [destination] → [output] by token id, and pairs raised that do not occur");
            Table(output, ["head", "source", "strength", "destinations", "outputs", "never occur"],
                trigrams.SelectMany(head => head.Sources.Select(source => (Name: $"{head.Layer}.{head.Head}", Source: source))).OrderByDescending(row => row.Source.Strength ?? double.NegativeInfinity),
                row => [row.Name, Whole(row.Source.Source), Cell(row.Source.Strength), Tokens(row.Source.Destinations), Tokens(row.Source.Outputs), Whole(row.Source.Bugs.Count)]);
        }
    }

    /// <summary>One pattern as characters, one per query and key, darker for more; of long sequences the last <paramref name="most"/> positions.</summary>
    public static string Draw(AttentionPattern pattern, int most = 64)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var first = Math.Max(0, pattern.Weights.Length - most);
        var rows = pattern.Weights[first..].Select((row, i) => new string([.. row[first..(first + i + 1)].Select(Shade)]));
        return $"head {pattern.Layer}.{pattern.Head} on {pattern.Batch}, positions {first} to {pattern.Weights.Length - 1}{Environment.NewLine}{string.Join(Environment.NewLine, rows)}";
    }

    private static char Shade(float weight) => Shades[Math.Clamp((int)(weight * Shades.Length), 0, Shades.Length - 1)];

    private static string Tokens(IReadOnlyList<TokenScore> tokens) => string.Join(' ', tokens.Select(token => Whole(token.Token)));

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Cell(double? value) => value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";

    private static void Table<T>(TextWriter output, string[] columns, IEnumerable<T> items, Func<T, string[]> row)
    {
        var all = items.ToList();
        List<string[]> rows = [columns, .. all.Take(MostRows).Select(row)];
        var widths = columns.Select((_, c) => rows.Max(cells => cells[c].Length)).ToArray();
        foreach (var cells in rows)
        {
            output.WriteLine("  " + string.Join("  ", cells.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))));
        }
        if (all.Count > MostRows)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … and {all.Count - MostRows} more (--json has all)"));
        }
        output.WriteLine();
    }
}
