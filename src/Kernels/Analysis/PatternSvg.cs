using System.Globalization;
using System.Text;

namespace Orchestrator.Kernels.Analysis;

/// <summary>Attention patterns as self-contained SVG files, one per head: rows are queries, columns keys, darker is more.</summary>
public static class PatternSvg
{
    private const int Cell = 10;
    private const int Margin = 30;
    private const int MostCells = 128;

    /// <summary>Writes one file per pattern, <c>BATCH-l.h.svg</c>, into a folder that is made if needed. Returns the paths.</summary>
    /// <exception cref="AnalysisException">The folder or a file cannot be written.</exception>
    public static IReadOnlyList<string> Write(IReadOnlyList<AttentionPattern> patterns, string folder)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        try
        {
            Directory.CreateDirectory(folder);
            var taken = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            var paths = new List<string>();
            foreach (var pattern in patterns)
            {
                var path = Path.Combine(folder, $"{Stem(pattern.Batch, taken)}-{pattern.Layer}.{pattern.Head}.svg");
                File.WriteAllText(path, Draw(pattern));
                paths.Add(path);
            }
            return paths;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new AnalysisException(folder, $"patterns cannot be written there: {refused.Message} Name another folder with --patterns.", refused);
        }
    }

    /// <summary>One pattern as an SVG document. Of more than 128 positions, blocks are drawn by their largest weight.</summary>
    public static string Draw(AttentionPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        var length = pattern.Weights.Length;
        var block = (length + MostCells - 1) / MostCells;
        var cells = (length + block - 1) / block;
        var svg = new StringBuilder();
        var size = cells * Cell + Margin;
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{size}\" height=\"{size}\" viewBox=\"0 0 {size} {size}\" font-family=\"sans-serif\" font-size=\"10\">\n");
        svg.Append(CultureInfo.InvariantCulture, $"<title>head {pattern.Layer}.{pattern.Head} on {Escaped(pattern.Batch)}, sequence 0: rows are queries, columns keys</title>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Margin}\" y=\"12\">head {pattern.Layer}.{pattern.Head}, keys →</text><text x=\"2\" y=\"{Margin + 10}\">q ↓</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Margin}\" y=\"{Margin}\" width=\"{cells * Cell}\" height=\"{cells * Cell}\" fill=\"none\" stroke=\"#999\"/>\n");
        for (var row = 0; row < cells; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                var weight = Largest(pattern.Weights, row * block, column * block, block);
                if (weight >= 0.005)
                {
                    svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Margin + column * Cell}\" y=\"{Margin + row * Cell}\" width=\"{Cell}\" height=\"{Cell}\" fill=\"#08306b\" fill-opacity=\"{weight:0.###}\"><title>query {row * block}, key {column * block}: {weight:0.000}</title></rect>\n");
                }
            }
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static float Largest(float[][] weights, int query, int key, int block) =>
        weights[query..Math.Min(query + block, weights.Length)].Max(row => row[key..Math.Min(key + block, row.Length)].Max());

    /// <summary>A batch's name as part of a file name: never a path, never the same for two batches.</summary>
    private static string Stem(string batch, Dictionary<string, string> taken)
    {
        var plain = new string([.. batch.Take(60).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_')]);
        var stem = plain.Length == 0 ? "batch" : plain;
        for (var n = 2; taken.TryGetValue(stem, out var owner) && owner != batch; n++)
        {
            stem = $"{plain}_{n}";
        }
        taken[stem] = batch;
        return stem;
    }

    private static string Escaped(string text) => System.Security.SecurityElement.Escape(text);
}
