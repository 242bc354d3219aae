using System.Reflection;
using System.Xml.Linq;

namespace Orchestrator.Architecture.Tests;

/// <summary>A project under <c>src</c>: what it declares, and what it was compiled to.</summary>
internal sealed record Project(string Name, IReadOnlySet<string> Projects, IReadOnlySet<string> Packages)
{
    /// <summary>Every project, by the project files beside the tests.</summary>
    public static IReadOnlyList<Project> All { get; } =
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "projects"), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Read)];

    public static Project Named(string name) => All.Single(project => project.Name == name);

    public Assembly Assembly => Assembly.Load(Name == "Cli" ? "orchestrator" : $"Orchestrator.{Name}");

    private static Project Read(string file)
    {
        var items = XDocument.Load(file).Descendants().ToList();
        return new Project(
            Path.GetFileNameWithoutExtension(file),
            items.Where(item => item.Name.LocalName == "ProjectReference").Select(item => Path.GetFileNameWithoutExtension(Include(item))).ToHashSet(),
            items.Where(item => item.Name.LocalName == "PackageReference").Select(Include).ToHashSet());
    }

    private static string Include(XElement item) => (item.Attribute("Include")?.Value ?? "").Replace('\\', '/');
}
