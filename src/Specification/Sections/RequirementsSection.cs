using System.Text.Json.Nodes;
using Orchestrator.Contracts.Work;
using Orchestrator.Specification.Errors;
using Orchestrator.Specification.Nodes;

namespace Orchestrator.Specification.Sections;

/// <summary><c>requires</c>: which workers may take a sweep's runs.</summary>
internal static class RequirementsSection
{
    public const string Path = "requires";

    private const string Device = "device";
    private const string Memory = "memory_gb";
    private const string Labels = "labels";
    private const string LabelsFix = "write labels that workers were started with, as in labels: [a100]";

    public static Requirements? Read(Node node, Findings findings)
    {
        if (Section.Open(node, Path, findings) is not { } section)
        {
            return null;
        }
        var device = section.Find(Device) is null ? null : section.Choice(Device, DeviceWord.Cpu);
        double? memory = section.Find(Memory) is { } m ? Scalars.Number(m, section.PathOf(Memory), Interval.Positive, findings) : 0;
        var labels = section.Find(Labels) is { } l ? ReadLabels(l, findings) : [];
        section.Close();
        return (memory, labels) is ({ } least, { } words)
            ? new Requirements { Device = device is { } word ? Name(word) : null, MemoryGb = least, Labels = words }
            : null;
    }

    public static JsonObject Write(Requirements requirements)
    {
        var json = new JsonObject();
        if (requirements.Device is { } device)
        {
            json[Device] = device;
        }
        if (requirements.MemoryGb > 0)
        {
            json[Memory] = requirements.MemoryGb;
        }
        if (requirements.Labels.Count > 0)
        {
            json[Labels] = new JsonArray([.. requirements.Labels.Select(label => JsonValue.Create(label))]);
        }
        return json;
    }

    private static IReadOnlyList<string>? ReadLabels(Node node, Findings findings)
    {
        if (node is not SequenceNode list)
        {
            findings.Add($"{Path}.{Labels}", node, $"{node.Description} is not a list of labels", LabelsFix);
            return null;
        }
        if (list.Items.Count > WorkerLabels.Most)
        {
            findings.Add($"{Path}.{Labels}", node, $"{list.Items.Count} labels, and the limit is {WorkerLabels.Most}", "require fewer");
            return null;
        }
        var labels = new SortedSet<string>(StringComparer.Ordinal);
        var sound = true;
        foreach (var (i, item) in list.Items.Index())
        {
            if (item is ScalarNode { Kind: not ScalarKind.Null } scalar && WorkerLabels.IsValid(scalar.Text))
            {
                labels.Add(scalar.Text);
                continue;
            }
            findings.Add($"{Path}.{Labels}[{i}]", item, $"{item.Description} is not a label of {WorkerLabels.Rule}", LabelsFix);
            sound = false;
        }
        return sound ? [.. labels] : null;
    }

    private static string Name(DeviceWord word) => word switch
    {
        DeviceWord.Cuda => DeviceClass.Cuda,
        _ => DeviceClass.Cpu,
    };

    private enum DeviceWord
    {
        Cpu,
        Cuda,
    }
}
