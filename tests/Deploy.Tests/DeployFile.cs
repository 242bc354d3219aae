using YamlDotNet.RepresentationModel;

namespace Orchestrator.Deploy.Tests;

/// <summary>A file of the deployment, by its path in the repository.</summary>
internal sealed record DeployFile(string Path)
{
    /// <summary>Everything under <c>deploy</c>, and what stands at the root for it.</summary>
    public static IReadOnlyList<DeployFile> All { get; } =
    [
        .. Directory.GetFiles(System.IO.Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories)
            .Select(file => new DeployFile(System.IO.Path.GetRelativePath(Repository.Root, file))).OrderBy(file => file.Path, StringComparer.Ordinal),
        new("docker-compose.yml"),
        new(".env.example"),
        new("docs/deploy.md"),
    ];

    /// <summary>Helm's templates, which are YAML only once they are rendered.</summary>
    public bool IsTemplate => Path.StartsWith("deploy/helm/orchestrator/templates/", StringComparison.Ordinal);

    public bool IsYaml => !IsTemplate && System.IO.Path.GetExtension(Path) is ".yml" or ".yaml";

    public bool IsJson => System.IO.Path.GetExtension(Path) == ".json";

    public string Text => File.ReadAllText(System.IO.Path.Combine(Repository.Root, Path));

    /// <summary>The one document of a YAML file.</summary>
    public YamlMappingNode Yaml()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Text));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    public override string ToString() => Path;
}
