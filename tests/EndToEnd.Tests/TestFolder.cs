namespace Orchestrator.EndToEnd.Tests;

/// <summary>A working folder that ends with the test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-e2e-").FullName;

    /// <summary>Where a command without <c>--data</c> keeps its state.</summary>
    public string Data => System.IO.Path.Combine(Path, ".orchestrator");

    public static implicit operator string(TestFolder folder) => folder.Path;

    /// <summary>Writes a file and returns its name.</summary>
    public string Write(string name, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), content);
        return name;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
