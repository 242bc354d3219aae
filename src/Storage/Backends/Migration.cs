using System.Globalization;

namespace Orchestrator.Storage.Backends;

/// <summary>One step of the schema. Files are named <c>0001_words.sql</c>; a released file is never edited.</summary>
internal sealed record Migration(int Version, string Sql)
{
    /// <summary>The steps of a back end, oldest first.</summary>
    public static IReadOnlyList<Migration> For(string backend)
    {
        var assembly = typeof(Migration).Assembly;
        var prefix = backend + "/";
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(Load).OrderBy(m => m.Version)];

        Migration Load(string name)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return new Migration(int.Parse(name.AsSpan(prefix.Length, 4), CultureInfo.InvariantCulture), reader.ReadToEnd());
        }
    }

    /// <summary>The steps that a database of version <paramref name="stored"/> lacks; refuses a database that is ahead of this build.</summary>
    public static IReadOnlyList<Migration> Missing(IReadOnlyList<Migration> all, int stored, string database)
    {
        var newest = all[^1].Version;
        return stored <= newest
            ? [.. all.Where(m => m.Version > stored)]
            : throw new StorageException(
                $"{database} has schema version {stored}, but this build knows versions up to {newest}: " +
                "start a build that is at least as new as the one that wrote it, or point to another database");
    }
}
