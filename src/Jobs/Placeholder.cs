namespace PortraitGen.Jobs;
internal static class Placeholder;
