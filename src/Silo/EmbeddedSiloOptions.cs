namespace Orchestrator.Silo;

/// <summary>Where one control-plane process keeps its data and where it listens.</summary>
public sealed record EmbeddedSiloOptions
{
    /// <summary>Folder that holds the database and the artifacts.</summary>
    public required string DataFolder { get; init; }

    /// <summary>HTTP address and who may use it.</summary>
    public required HttpAccess Http { get; init; }

    /// <summary>Ends every worker id of this process; another process has another one.</summary>
    public required string Generation { get; init; }

    /// <summary>Whether it only answers questions: no sweep is taken up, nobody is reminded, and the database refuses writes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The database file.</summary>
    public string Database => DatabaseIn(DataFolder);

    /// <summary>The database file of a data folder.</summary>
    public static string DatabaseIn(string folder) => Path.Combine(folder, "orchestrator.db");

    /// <summary>The artifact folder.</summary>
    public string Artifacts => Path.Combine(DataFolder, "artifacts");
}
