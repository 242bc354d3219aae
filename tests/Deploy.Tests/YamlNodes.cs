using YamlDotNet.RepresentationModel;

namespace Orchestrator.Deploy.Tests;

/// <summary>Ways into a YAML tree; a mapping has the entries that it merges (<c>&lt;&lt;</c>) if it has none of its own of that name.</summary>
internal static class YamlNodes
{
    /// <summary>The value under a path of keys, or null.</summary>
    public static YamlNode? Find(this YamlNode node, params ReadOnlySpan<string> path)
    {
        YamlNode? at = node;
        foreach (var key in path)
        {
            at = at.Entries().FirstOrDefault(entry => entry.Key == key).Value;
        }
        return at;
    }

    /// <summary>The scalar under a path, or null.</summary>
    public static string? Text(this YamlNode node, params ReadOnlySpan<string> path) => (node.Find(path) as YamlScalarNode)?.Value;

    /// <summary>Names and values of a mapping; none if there is none.</summary>
    public static IEnumerable<(string Key, YamlNode Value)> Entries(this YamlNode? node)
    {
        if (node is not YamlMappingNode mapping)
        {
            return [];
        }
        var all = mapping.Children.Select(child => (Key: ((YamlScalarNode)child.Key).Value!, child.Value)).ToList();
        return all.Where(entry => entry.Key != "<<").Concat(all.Where(entry => entry.Key == "<<").SelectMany(entry => entry.Value.Entries())).DistinctBy(entry => entry.Key);
    }

    /// <summary>The scalars of a sequence; none if there is none.</summary>
    public static IReadOnlyList<string> Items(this YamlNode? node) =>
        node is YamlSequenceNode sequence ? [.. sequence.Children.OfType<YamlScalarNode>().Select(item => item.Value!)] : [];
}
