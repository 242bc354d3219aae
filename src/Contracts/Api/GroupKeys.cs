namespace Orchestrator.Contracts.Api;

/// <summary>What heads are grouped by, as users write it: names between commas, and <c>rank(METRIC)</c> or <c>rank(METRIC, layer)</c>.</summary>
public static class GroupKeys
{
    /// <summary>The keys of a list; commas in brackets belong to their key, and blanks in it are left out.</summary>
    public static IReadOnlyList<string> Split(string list)
    {
        ArgumentNullException.ThrowIfNull(list);
        var (keys, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; i <= list.Length; i++)
        {
            if (i == list.Length || list[i] == ',' && depth == 0)
            {
                keys.Add(string.Concat(list[start..i].Where(c => !char.IsWhiteSpace(c))));
                start = i + 1;
            }
            else
            {
                depth += list[i] switch { '(' => 1, ')' => -1, _ => 0 };
            }
        }
        return keys;
    }

    /// <summary>Metric and scope of <c>rank(METRIC)</c> or <c>rank(METRIC,layer)</c>; null if the key is no rank.</summary>
    public static (string Metric, bool InLayer)? Rank(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!key.StartsWith("rank(", StringComparison.Ordinal) || !key.EndsWith(')'))
        {
            return null;
        }
        var parts = key["rank(".Length..^1].Split(',');
        return parts switch
        {
            [var metric] => (metric, false),
            [var metric, "layer"] => (metric, true),
            _ => null,
        };
    }
}
