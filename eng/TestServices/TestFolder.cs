namespace Orchestrator.TestServices;

/// <summary>A working folder that ends with the test.</summary>
public sealed class TestFolder : IDisposable
{
    /// <summary>Full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-test-").FullName;

    /// <summary>Where a command without <c>--data</c> keeps its state.</summary>
    public string Data => System.IO.Path.Combine(Path, ".orchestrator");

    /// <summary>Its path.</summary>
    public static implicit operator string(TestFolder folder) => folder.Path;

    /// <summary>Writes a file and returns its name.</summary>
    public string Write(string name, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), content);
        return name;
    }

    /// <summary>Removes it.</summary>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
