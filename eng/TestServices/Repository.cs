namespace Orchestrator.TestServices;

/// <summary>Where the sources are that this was built from.</summary>
public static class Repository
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "global.json")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"no repository above '{AppContext.BaseDirectory}'");
        }
        return folder;
    }
}
