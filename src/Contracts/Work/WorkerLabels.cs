namespace Orchestrator.Contracts.Work;

/// <summary>Labels: words that say what a worker is, as in <c>a100</c> or <c>zone=b</c>.</summary>
public static class WorkerLabels
{
    /// <summary>Most labels of a worker, and of what a sweep requires.</summary>
    public const int Most = 32;

    /// <summary>What a label looks like, in words.</summary>
    public const string Rule = "up to 63 letters, digits, '.', '_', '-', '/' or '='";

    private const int Longest = 63;

    /// <summary>Whether a word is a label.</summary>
    public static bool IsValid(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return label.Length is > 0 and <= Longest && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '=');
    }
}
