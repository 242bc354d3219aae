using Microsoft.Extensions.FileSystemGlobbing;

namespace Orchestrator.Specification.Texts;

/// <summary>Paths and globs (<c>*</c>, <c>**</c>, <c>?</c> is not one) relative to a folder.</summary>
internal static class FilePatterns
{
    public static bool IsGlob(string pattern) => pattern.Contains('*', StringComparison.Ordinal);

    /// <summary>The files that a glob names, in ordinal order of their paths.</summary>
    public static IReadOnlyList<string> Expand(string folder, string glob)
    {
        // The part before the first star may climb (../texts/*.txt), which a matcher does not.
        var parts = glob.Split('/');
        var plain = parts.TakeWhile(part => !IsGlob(part)).ToArray();
        var root = Path.GetFullPath(Path.Combine(folder, glob.StartsWith('/') ? "/" + string.Join('/', plain) : string.Join('/', plain)));
        if (!Directory.Exists(root))
        {
            return [];
        }
        var matcher = new Matcher(StringComparison.Ordinal).AddInclude(string.Join('/', parts.Skip(plain.Length)));
        return [.. matcher.GetResultsInFullPath(root).Order(StringComparer.Ordinal)];
    }
}
