namespace Orchestrator.Platform.Files;

/// <summary>A file that a user named cannot be read. The message names the file, the rule and the fix.</summary>
/// <param name="path">The file, as it was named.</param>
/// <param name="rule">The rule that it breaks.</param>
/// <param name="fix">What to do about it.</param>
/// <param name="line">The line in the file, from 1, if the rule concerns one.</param>
/// <param name="inner">What the system said.</param>
public sealed class UserFileException(string path, string rule, string fix, int? line = null, Exception? inner = null)
    : Exception(line is null ? $"{path}: {rule}; {fix}" : $"{path}: line {line}: {rule}; {fix}", inner)
{
    /// <summary>The rule that the file breaks.</summary>
    public string Rule { get; } = rule;
    /// <summary>What to do about it.</summary>
    public string Fix { get; } = fix;
    /// <summary>The line in the file, from 1, if the rule concerns one.</summary>
    public int? Line { get; } = line;
}
