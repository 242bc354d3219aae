namespace Orchestrator.Specification.Errors;

/// <summary>Finds what somebody meant to write.</summary>
internal static class Suggestion
{
    private const int LongestWord = 64;

    /// <summary>"did you mean 'n_ctx'?", or the words that are known here.</summary>
    public static string For(string word, IReadOnlyCollection<string> known) =>
        Nearest(word, known) is { } near ? $"did you mean '{near}'?" : Known(known);

    /// <summary>The same if the words have just been listed.</summary>
    public static string Among(string word, IReadOnlyCollection<string> listed) =>
        Nearest(word, listed) is { } near ? $"did you mean '{near}'?" : "write one of these";

    private static string Known(IReadOnlyCollection<string> known) => known.Count switch
    {
        0 => "remove it",
        > 40 => $"known here: {string.Join(", ", known.Take(40))}, …",
        _ => $"known here: {string.Join(", ", known)}",
    };

    private static string? Nearest(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > LongestWord)
        {
            return null;
        }
        var (best, distance) = (default(string), int.MaxValue);
        foreach (var candidate in known.Where(candidate => candidate.Length <= LongestWord))
        {
            var d = Distance(Plain(word), Plain(candidate));
            if (d < distance && d <= Math.Max(1, Math.Max(word.Length, candidate.Length) / 3))
            {
                (best, distance) = (candidate, d);
            }
        }
        return best;
    }

    // Case and word separators are what people get wrong first.
    private static string Plain(string word) => word.Replace('-', '_').ToLowerInvariant();

    /// <summary>Edits between two words: insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }
        return d[a.Length, b.Length];
    }
}
