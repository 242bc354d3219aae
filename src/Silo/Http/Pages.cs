using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Orchestrator.Silo.Http;

/// <summary>Lists come in pages: so many, after a cursor that an earlier page gave.</summary>
internal static class Pages
{
    /// <summary>How many where nobody says.</summary>
    public const int Usual = 1_000;

    /// <summary>How many at most.</summary>
    public const int Most = 100_000;

    /// <summary>What is wrong with a page that is asked for, or null and where it begins.</summary>
    public static ProblemHttpResult? Wrong(int limit, string? after, out int from)
    {
        from = 0;
        return limit is < 1 or > Most ? Problems.Wrong($"'limit' is from 1 to {Most}.")
            : after is not null && (!int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out from) || from > int.MaxValue - Most) ? Problems.Wrong($"'{after}' is no cursor: give what a page named as its next, or leave 'after' out.")
            : null;
    }
}
